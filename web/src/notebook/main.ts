import '../styles/theme.css';
import '../styles/base.css';
export default {};
